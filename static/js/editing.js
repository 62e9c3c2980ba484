// Rows of lists in place: a new one from the pattern, a removed one gone. Without scripts the same buttons send the form.
const FORM = document.getElementById("schritt");

function nextNumber(list) {
  const used = [...FORM.querySelectorAll(`[name^="${list}."]`)].map((one) => Number(one.name.split(".")[1]) || 0);
  return Math.max(-1, ...used) + 1;
}

function add(button) {
  const list = button.dataset.more;
  const rows = button.closest(".rows").querySelector(".rows__rows");
  if (rows.children.length >= Number(button.dataset.limit)) return false;
  const number = nextNumber(list);
  const holder = document.createElement("template");
  holder.innerHTML = document.querySelector(`template[data-pattern="${list}"]`).innerHTML.replaceAll("NEU", number);
  const row = holder.content.firstElementChild;
  row.querySelector("legend").textContent += ` ${rows.children.length + 1}`;
  rows.append(row);
  row.querySelector("input:not([type=hidden]), select, textarea").focus();
  return true;
}

function remove(button) {
  const row = button.closest(".edit-row");
  const goal = row.nextElementSibling ?? row.previousElementSibling ?? row.closest(".rows");
  row.remove();
  goal.focus();
  FORM.dispatchEvent(new Event("input")); // what is gone must be saved, too
}

FORM.addEventListener("click", (event) => {
  const more = event.target.closest("[data-more]");
  const gone = event.target.closest(".edit-row__remove");
  if (more && add(more)) event.preventDefault();
  if (gone) {
    event.preventDefault();
    remove(gone);
  }
});
document.querySelector("[data-focus]")?.focus();
