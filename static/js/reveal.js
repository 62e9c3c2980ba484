// Forms with passwords: a switch shows what was typed; what is wrong gets the focus.
for (const input of document.querySelectorAll("input[data-reveal]")) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "reveal";
  button.setAttribute("aria-controls", input.id);
  const show = (isShown) => {
    input.type = isShown ? "text" : "password";
    button.textContent = isShown ? "Passwort verbergen" : "Passwort anzeigen";
  };
  button.addEventListener("click", () => show(input.type === "password"));
  // Nothing readable stays behind, nor does the browser remember it as a text.
  input.form.addEventListener("submit", () => show(false));
  input.after(button);
  show(false);
}
document.querySelector("[data-focus]")?.focus();
