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
