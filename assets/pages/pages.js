"use strict";

// Nothing here is needed: every page works without. It makes some things
// quicker or plainer.

// A form that is on its way is not sent again. Coming back to the page by the
// back button makes it ready anew.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.dataset.busy) {
    event.preventDefault();
    return;
  }
  form.dataset.busy = "yes";
  const button = event.submitter;
  if (button) button.setAttribute("aria-disabled", "true");
  setTimeout(() => ready(form), 8000);
});

function ready(form) {
  delete form.dataset.busy;
  for (const button of form.querySelectorAll("button[aria-disabled]")) button.removeAttribute("aria-disabled");
}

window.addEventListener("pageshow", () => {
  for (const form of document.forms) ready(form);
});

// The list of errors gets the focus, also where the browser does not do so by
// itself.
const errors = document.getElementById("errors");
if (errors) errors.focus();

// A password can be looked at while it is typed.
for (const input of document.querySelectorAll("input[type=password][data-show]")) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "plain small";
  button.setAttribute("aria-controls", input.id);
  const say = () => {
    button.textContent = input.type === "password" ? input.dataset.show : input.dataset.hide;
  };
  button.addEventListener("click", () => {
    input.type = input.type === "password" ? "text" : "password";
    say();
    input.focus();
  });
  say();
  const box = document.createElement("div");
  box.className = "box";
  input.before(box);
  box.append(input, button);
  input.form.addEventListener("submit", () => { input.type = "password"; });
}

// What is asked of a password is ticked off while one types. Only what can be
// told here: whether it was used before, or is one of those tried first, the
// server says.
const list = document.getElementById("rule-list");
const fresh = document.querySelector("[data-live=rules] input");
if (list && fresh) {
  const count = (text, pattern) => (text.match(pattern) || []).length;
  const longestRow = (text) => {
    let most = 0, row = 0, last = "";
    for (const letter of text) {
      row = letter === last ? row + 1 : 1;
      last = letter;
      most = Math.max(most, row);
    }
    return most;
  };
  const names = list.dataset.names.toLowerCase().split(/[^\p{L}\p{N}]+/u).filter((n) => n.length > 3);
  const looks = {
    "min-length": (t, n) => [...t].length >= n,
    "letters": (t, n) => count(t, /\p{L}/gu) >= n,
    "non-letters": (t, n) => [...t].length - count(t, /\p{L}/gu) >= n,
    "capitals": (t, n) => count(t, /\p{Lu}/gu) >= n,
    "digits": (t, n) => count(t, /\p{Nd}/gu) >= n,
    "specials": (t, n) => [...t].length - count(t, /[\p{L}\p{Nd}]/gu) >= n,
    "max-repeat": (t, n) => longestRow(t) <= n,
    "own-name": (t) => !names.some((n) => t.toLowerCase().includes(n)),
  };
  const news = document.getElementById("rule-news");
  let later;
  const look = () => {
    const text = fresh.value.normalize("NFC");
    let left = 0;
    for (const item of list.children) {
      const test = looks[item.dataset.rule];
      if (!test) { item.className = ""; continue; }
      const met = test(text, Number(item.dataset.limit));
      if (!met) left++;
      item.className = text === "" ? "" : met ? "met-yes" : "met-no";
      const said = item.querySelector(".hidden");
      if (said) said.remove();
      if (text !== "") {
        const word = document.createElement("span");
        word.className = "hidden";
        word.textContent = " – " + (met ? list.dataset.met : list.dataset.left);
        item.append(word);
      }
    }
    clearTimeout(later);
    later = setTimeout(() => {
      if (text !== "") news.textContent = left ? news.dataset.text.replace("%", left) : news.dataset.done;
    }, 900);
  };
  fresh.addEventListener("input", look);
}

// A key can be copied.
for (const code of document.querySelectorAll("code[data-copy]")) {
  if (!navigator.clipboard) break;
  const button = document.createElement("button");
  button.type = "button";
  button.className = "plain small";
  button.textContent = code.dataset.copy;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(code.textContent.replace(/\s/g, ""));
    button.textContent = code.dataset.copied;
  });
  code.after(" ", button);
}

// People are found while one types. What is asked last is what shows; it stands
// in the address too, so that the back button comes back to it.
const search = document.querySelector("form[data-live=search]");
if (search) {
  let wait, latest = 0;
  const find = async () => {
    const query = new URLSearchParams(new FormData(search));
    const address = search.action.split("?")[0] + "?" + query;
    const mine = ++latest;
    let answer;
    try {
      answer = await fetch(address, { headers: { Accept: "text/html" } });
    } catch {
      return; // the button still works
    }
    if (!answer.ok || answer.redirected) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const found = page.getElementById("found");
    if (mine !== latest || !found) return;
    document.getElementById("found").replaceChildren(...found.childNodes);
    document.getElementById("count").textContent = page.getElementById("count").textContent;
    document.getElementById("export").href = page.getElementById("export").getAttribute("href");
    history.replaceState(null, "", address);
  };
  search.addEventListener("input", () => {
    clearTimeout(wait);
    wait = setTimeout(find, 150);
  });
}
