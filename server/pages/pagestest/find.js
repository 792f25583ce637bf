(what, text) => {
  const clean = (s) => (s || "").replace(/\s+/g, " ").trim();
  const seen = (e) => e.getClientRects().length > 0;
  let found = [];
  if (what === "field") {
    found = [...document.querySelectorAll("label")].filter((l) => clean(l.textContent).startsWith(text) && seen(l)).map((l) => l.control);
    if (!found.length) found = [...document.querySelectorAll("[aria-label]")].filter((e) => e.getAttribute("aria-label").startsWith(text));
  } else {
    const all = [...document.querySelectorAll("button, a[href], summary, input[type=submit]")].filter(seen);
    const words = (e) => {
      const heard = e.cloneNode(true);
      for (const silent of heard.querySelectorAll("[aria-hidden=true]")) silent.remove();
      return clean(e.getAttribute("aria-label") || heard.textContent || e.value);
    };
    found = all.filter((e) => words(e) === text);
    if (!found.length) found = all.filter((e) => words(e).startsWith(text));
  }
  found = found.filter(Boolean);
  if (!found.length) return "none";
  found[0].focus();
  return document.activeElement === found[0] ? "found" : "it takes no focus";
}
