// Files in a conversation: a card with a name, and for pictures a preview. A picture that anyone may fetch is shown as it
// is; for one that wants a token the preview is drawn on a canvas (images can only be loaded without one).

const SHOWN = /^image\/(png|jpeg|gif|webp)$/;
const BYTES = ["B", "KB", "MB"];

/**
 * A card for `file` {name, type, size?}.
 * @param {() => Promise<Blob|null>} load brings the content; null: not to be had, then the card is only a name
 * @param {string} href for files that anyone may fetch: a plain link, and pictures are shown
 */
export function fileCard(file, { load = null, href = "", label = "" } = {}) {
  const card = document.createElement(href ? "a" : load ? "button" : "span");
  card.className = "file";
  if (href) Object.assign(card, { href, target: "_blank", rel: "noopener noreferrer" });
  if (load && !href) card.type = "button";
  const name = document.createElement("span");
  name.className = "file-name";
  name.textContent = file.name || file.type || "file";
  const kind = document.createElement("span");
  kind.className = "file-kind";
  kind.textContent = [ending(file), sized(file.size)].filter(Boolean).join(" · ");
  const words = document.createElement("span");
  words.className = "file-words";
  words.append(name, kind);
  card.append(words);
  if (label && (href || load)) card.prepend(spoken(`${label}: `));
  if (href && SHOWN.test(file.type ?? "")) showTop(card, href);
  if (!load || href) return card;

  card.addEventListener("click", async () => {
    const blob = await load().catch(() => null);
    if (blob) saveAs(blob, file.name);
  });
  if (SHOWN.test(file.type ?? "")) {
    const canvas = document.createElement("canvas");
    canvas.className = "preview";
    canvas.setAttribute("aria-hidden", "true");
    card.prepend(canvas);
    card.classList.add("picture");
    draw(canvas, load).catch(() => {
      canvas.remove();
      card.classList.remove("picture");
    });
  }
  return card;
}

function spoken(text) {
  const node = document.createElement("span");
  node.className = "unseen";
  node.textContent = text;
  return node;
}

/** The beginning of a picture that may be far taller than a screen; the link opens all of it. */
function showTop(card, href) {
  const image = new Image();
  image.className = "preview top";
  image.alt = "";
  image.decoding = "async";
  image.addEventListener("error", () => {
    image.remove();
    card.classList.remove("picture");
  });
  image.addEventListener("load", () => {
    // a wide picture is small enough to be shown whole
    if (image.naturalHeight < image.naturalWidth * 1.2) image.classList.remove("top");
  });
  image.src = href;
  card.prepend(image);
  card.classList.add("picture");
}

async function draw(canvas, load) {
  const blob = await load();
  if (!blob) throw new Error("no picture");
  const picture = await createImageBitmap(blob);
  const scale = Math.min(1, 1000 / Math.max(picture.width, picture.height));
  canvas.width = Math.max(1, Math.round(picture.width * scale));
  canvas.height = Math.max(1, Math.round(picture.height * scale));
  canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
  picture.close();
}

function saveAs(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name || "";
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(link.href), 60000);
}

function ending(file) {
  if (file.type === "application/pdf") return "PDF";
  const found = /^image\/(\w+)/.exec(file.type ?? "");
  return found ? found[1].toUpperCase().replace("JPEG", "JPG") : "";
}

function sized(size) {
  if (!size) return "";
  const step = Math.min(2, Math.floor(Math.log(size) / Math.log(1024)));
  return `${(size / 1024 ** step).toFixed(step === 2 ? 1 : 0)} ${BYTES[step]}`;
}
