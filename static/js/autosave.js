// Saves the step while it is typed. What is typed lives on the server: a closed browser loses at most two seconds.
const FORM = document.getElementById("schritt");
const STATUS = document.getElementById("zwischenstand");
const QUIET = 2000; // ms after the last key
const AGAIN = 10000; // ms after a failure
let timer;
let running = null;
let dirty = false;
let stopped = false;

function say(text, wrong = false) {
  STATUS.textContent = text;
  STATUS.classList.toggle("editing__status--wrong", wrong);
}

function later(delay = QUIET) {
  clearTimeout(timer);
  timer = setTimeout(save, delay);
}

function put(answer) {
  FORM.elements.version.value = answer.version;
  FORM.elements.gesehen.value = answer.seen;
  document.getElementById("prozent").textContent = answer.percent;
  document.getElementById("belegt").textContent = answer.filled;
  document.getElementById("vollstaendigkeit").value = answer.filled;
  for (const group of answer.groups) {
    document.querySelector(`[data-filled="${group.key}"]`).textContent = group.filled;
  }
  for (const [step, state] of Object.entries(answer.states)) {
    const place = document.querySelector(`[data-state="${step}"]`);
    place.textContent = state;
    place.parentElement.classList.toggle("edit-steps__state--wrong", state === "Fehler");
  }
}

async function send(options = {}) {
  dirty = false;
  try {
    const body = new URLSearchParams(new FormData(FORM));
    const response = await fetch(FORM.dataset.autosave, { method: "POST", body, redirect: "manual", ...options });
    const isJson = response.headers.get("Content-Type")?.startsWith("application/json");
    if (response.ok && isJson) {
      const answer = await response.json();
      put(answer);
      const faults = answer.problems === 1 ? ", 1 Angabe ist falsch" : `, ${answer.problems} Angaben sind falsch`;
      say(answer.message || `Zwischengespeichert um ${answer.saved}${answer.problems ? faults : ""}`, !!answer.message);
      return;
    }
    dirty = true;
    if (response.type === "opaqueredirect" || response.status === 400) {
      stopped = true;
      say("Nicht gespeichert: Sie sind nicht mehr angemeldet. Melden Sie sich in einem anderen Fenster neu an.", true);
      addEventListener("focus", () => {
        stopped = false;
        later(0);
      }, { once: true });
      return;
    }
    if (isJson && [403, 409, 413].includes(response.status)) {
      stopped = true;
      say(`Nicht gespeichert: ${(await response.json()).message}`, true);
      return;
    }
  } catch {
    dirty = true; // offline
  }
  say("Nicht gespeichert, es wird erneut versucht", true);
  later(AGAIN);
}

async function save(options) {
  if (running || !dirty || stopped) return running;
  running = send(options);
  await running;
  running = null;
  if (dirty && !stopped) later(timer ? AGAIN : QUIET);
}

FORM.addEventListener("input", (event) => {
  if (event.target.name === "suche") return; // a search is no part of the entry
  dirty = true;
  if (!stopped) later();
});
// A save under way must end first, or the form would carry an old version.
FORM.addEventListener("submit", async (event) => {
  clearTimeout(timer);
  if (!running) {
    dirty = false;
    return;
  }
  event.preventDefault();
  await running;
  dirty = false;
  clearTimeout(timer);
  FORM.requestSubmit(event.submitter);
});
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "hidden") save({ keepalive: true });
});
addEventListener("beforeunload", (event) => {
  if (dirty) event.preventDefault();
});
