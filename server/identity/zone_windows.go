package identity

import _ "time/tzdata" // Windows has no table of time zones that Go reads
