// The map is one tab stop; arrow keys go to the nearest municipality in their direction. Its name stands below.
const MAP = document.getElementById("karte");
const HERE = document.getElementById("karte-hier");
const STEPS = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] };
const links = [...MAP.querySelectorAll("a")];
const place = (link) => ["x", "y"].map((name) => Number(link.lastElementChild.getAttribute(name)));

function next(from, [right, down]) {
  const [x, y] = place(from);
  const far = (link) => {
    const [dx, dy] = place(link).map((value, axis) => value - [x, y][axis]);
    const ahead = dx * right + dy * down;
    const aside = Math.abs(dx * down) + Math.abs(dy * right);
    return ahead > 0 && aside <= ahead ? Math.hypot(ahead, aside) : Infinity;
  };
  return links.reduce((best, link) => (far(link) < far(best) ? link : best), from);
}

const say = (event) => {
  const link = event.target.closest("a");
  HERE.textContent = link ? link.firstElementChild.textContent : HERE.dataset.hinweis;
};

links[0]?.setAttribute("tabindex", "0");
HERE.textContent = HERE.dataset.hinweis;
MAP.addEventListener("focusin", say);
MAP.addEventListener("pointerover", say);
MAP.addEventListener("keydown", (event) => {
  const from = event.target.closest("a");
  if (!from || !STEPS[event.key]) return;
  event.preventDefault();
  const to = next(from, STEPS[event.key]);
  from.setAttribute("tabindex", "-1");
  to.setAttribute("tabindex", "0");
  to.focus();
});
