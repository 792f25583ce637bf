// Package knock is what every door of the server holds that anybody can knock
// at: who asks, also behind proxies ([Address]), how often one address may
// ([Limiter]), and the name of a request that finds it in the log
// ([Reference]).
package knock
