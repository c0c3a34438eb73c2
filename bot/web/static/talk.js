// The officer's side of a talk: new messages appear by themselves, and sending does not reload the page.

const ANSWER_MS = 20000; // A line that is silent so long is dead, and must not hold up the next look.

const talk = document.querySelector(".talk");
const list = talk.querySelector(".lines");
const ended = talk.querySelector(".ended");
const form = talk.querySelector("form.write");
let last = Number(talk.dataset.last);
let closed = !ended.hidden;

function bottom() {
  list.scrollTop = list.scrollHeight;
}

let looking = null;

// One look at a time. Whoever asks meanwhile waits for the one under way and then looks again: what was sent after it
// began is in the next.
async function look() {
  while (looking) await looking;
  looking = read();
  await looking;
}

async function read() {
  try {
    const answer = await fetch(`${talk.dataset.at}/lines?after=${last}`, {
      cache: "no-store",
      signal: AbortSignal.timeout(ANSWER_MS),
    });
    const news = await answer.json();
    if (news.html) add(news.html);
    last = Math.max(last, news.last);
    if (news.closed) {
      closed = true;
      ended.hidden = false;
      for (const part of talk.querySelectorAll("form, details")) part.remove();
    }
  } catch {
    // the line is down for a moment: the next look comes by itself
  } finally {
    looking = null;
  }
}

/** Every line stands once, by its number, however often it arrives. */
function add(html) {
  const news = document.createElement("template");
  news.innerHTML = html;
  for (const line of [...news.content.children]) {
    if (list.querySelector(`[data-n="${line.dataset.n}"]`)) line.remove();
  }
  if (!news.content.children.length) return;
  list.querySelector(".none")?.remove();
  list.append(news.content);
  bottom();
}

async function every() {
  while (!closed) {
    await new Promise((resolve) => setTimeout(resolve, document.hidden ? 6000 : 1500));
    await look();
  }
}

let sending = false;

/** A name for the next message, so that the office knows it again. */
function another() {
  return Array.from(crypto.getRandomValues(new Uint32Array(4)), (part) => part.toString(36)).join("");
}

form?.addEventListener("submit", async (event) => {
  if (event.submitter?.value === "close") return;
  event.preventDefault();
  const box = form.elements.text;
  if (sending || !box.value.trim()) return; // a second press while the first is under way is the same message
  sending = true;
  const words = box.value;
  const body = new URLSearchParams(new FormData(form));
  const sent = await fetch(form.action, { method: "POST", body, headers: { "X-Quiet": "1" } }).catch(() => null);
  sending = false;
  if (!sent?.ok) return form.submit(); // with the same name: if only its answer was lost, it is not said twice
  form.elements.once.value = another();
  if (box.value === words) box.value = "";
  else if (box.value.startsWith(words)) box.value = box.value.slice(words.length).trimStart();
  box.focus();
  await look();
});

for (const button of talk.querySelectorAll("[data-say]")) {
  button.addEventListener("click", () => {
    const box = form.elements.text;
    box.value = box.value ? `${box.value}\n${button.dataset.say}` : button.dataset.say;
    box.focus();
  });
}

bottom();
every();
