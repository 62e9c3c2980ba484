// Shows the preview of a form while somebody types: what the button „Vorschau“ answers, only its preview taken out.
for (const form of document.querySelectorAll("form[data-live]")) {
  let timer;
  let running;
  const show = async () => {
    running?.abort();
    running = new AbortController();
    const body = new FormData(form);
    body.set("schritt", "vorschau");
    try {
      const answer = await fetch(form.action, { method: "POST", body, signal: running.signal, redirect: "manual" });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.getElementById("vorschau");
      if (answer.ok && fresh) document.getElementById("vorschau").replaceChildren(...fresh.childNodes);
    } catch {
      // the next key asks again
    }
  };
  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(show, 500);
  });
}
