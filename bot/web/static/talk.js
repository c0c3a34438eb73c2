// The officer's side of a talk: new messages appear by themselves, and sending does not reload the page.

const talk = document.querySelector(".talk");
const list = talk.querySelector(".lines");
const ended = talk.querySelector(".ended");
const form = talk.querySelector("form.write");
let last = Number(talk.dataset.last);
let closed = !ended.hidden;

function bottom() {
  list.scrollTop = list.scrollHeight;
}

async function look() {
  try {
    const answer = await fetch(`${talk.dataset.at}/lines?after=${last}`, { cache: "no-store" });
    const news = await answer.json();
    if (news.html) {
      list.querySelector(".none")?.remove();
      list.insertAdjacentHTML("beforeend", news.html);
      last = news.last;
      bottom();
    }
    if (news.closed) {
      closed = true;
      ended.hidden = false;
      for (const part of talk.querySelectorAll("form, details")) part.remove();
    }
  } catch {
    // the line is down for a moment: the next look comes by itself
  }
}

async function every() {
  while (!closed) {
    await new Promise((resolve) => setTimeout(resolve, document.hidden ? 6000 : 1500));
    await look();
  }
}

form?.addEventListener("submit", async (event) => {
  if (event.submitter?.value === "close") return;
  event.preventDefault();
  const box = form.elements.text;
  if (!box.value.trim()) return;
  const body = new URLSearchParams(new FormData(form));
  const sent = await fetch(form.action, { method: "POST", body, headers: { "X-Quiet": "1" } }).catch(() => null);
  if (!sent?.ok) return form.submit();
  box.value = "";
  await look();
  box.focus();
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
