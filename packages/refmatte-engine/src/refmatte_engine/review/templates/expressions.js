const data = JSON.parse(byId("data").textContent);
const cards = data.cards, pictures = data.pictures;
const decisions = new Decisions(data.digest, new Map());
const marks = { fine: "done-good", wrong: "done-bad", ambiguous: "done-edit" };
const names = { relative2: "relative 2" };
const engineSays = (card) => card.unambiguous === false ? "ambiguous" : card.unambiguous === true ? "unambiguous" : "unchecked";
const verdict = (card) => decisions.get(card.expression_id)?.verdict || "";
let shown = [], focus = 0;

// ---- decisions -----------------------------------------------------------------------------------------------

function decide(list, word) {
  decisions.apply(list.map((card) => [card.expression_id, { verdict: word, note: decisions.get(card.expression_id)?.note || "" }]), shown[focus]);
}
function judge(word) {
  if (!shown.length) return;
  decide([cards[shown[focus]]], word);
  goOn();
}
function judgeImage() {
  if (!shown.length) return;
  const image = cards[shown[focus]].image;
  const open = shown.map((index) => cards[index]).filter((card) => card.image === image && !verdict(card));
  decide(open, "fine");
  toast(`${open.length} phrases of this image are fine`);
  goOn();
}
function setNote(card, text) {
  const before = decisions.get(card.expression_id) || { verdict: "", note: "" };
  if (text === before.note) return;
  const after = { verdict: before.verdict, note: text };
  decisions.apply([[card.expression_id, after.verdict || text ? after : undefined]], shown[focus]);
}
function reopen() {
  if (shown.length && decisions.get(cards[shown[focus]].expression_id)) decisions.apply([[cards[shown[focus]].expression_id, undefined]], shown[focus]);
}
function back(step, text) {
  if (!step) { toast(`nothing to ${text}`); return; }
  const at = shown.indexOf(step.at);
  if (at >= 0) moveTo(at); else draw();
}
function goOn() {
  for (let step = 1; step <= shown.length; step++) {
    const at = (focus + step) % shown.length;
    if (!verdict(cards[shown[at]])) { moveTo(at); return; }
  }
  draw();
  toast("Every phrase shown has a verdict. Save verdicts.csv, or change the filter.");
}
function save() {
  if (typing({ target: document.activeElement })) document.activeElement.blur();
  const lines = cards.filter((card) => decisions.get(card.expression_id))
    .map((card) => [card.expression_id, verdict(card), decisions.get(card.expression_id).note]).sort(([a], [b]) => a < b ? -1 : 1);
  if (!lines.length) { toast("Nothing is decided yet."); return; }
  download("verdicts.csv", csv(["expression_id", "verdict", "note"], lines));
  decisions.setUnsaved(0);
  draw();
  toast(`${lines.length} rows saved`);
}

// ---- the list ------------------------------------------------------------------------------------------------

const list = new Windowed(byId("list"), 0, 68, (position) => {
  const card = cards[shown[position]], cell = element("div", "row", element("div", "text", card.text), element("div", "more"));
  cell.onclick = () => { moveTo(position); list.node.focus({ preventScroll: true }); };
  return cell;
}, (cell, position) => {
  const card = cards[shown[position]], note = decisions.get(card.expression_id)?.note;
  cell.className = ["cell row", verdict(card), position === focus ? "focused" : ""].join(" ");
  cell.querySelector(".more").textContent = [names[card.kind] || card.kind, engineSays(card) === "ambiguous" ? "ambiguous, says the engine" : "", verdict(card), note].filter(Boolean).join(" · ");
});
function moveTo(position) {
  if (shown.length) {
    focus = Math.min(Math.max(position, 0), shown.length - 1);
    list.reveal(focus);
  }
  draw();
}
const filters = {};
for (const name of ["text", "verdict", "kind", "engine"]) filters[name] = byId("f-" + name);
function filter() {
  const text = filters.text.value.toLowerCase().trim(), before = shown[focus];
  shown = cards.map((card, index) => index).filter((index) => {
    const card = cards[index];
    return (!filters.verdict.value || (verdict(card) || "none") === filters.verdict.value)
      && (!filters.kind.value || card.kind === filters.kind.value)
      && (!filters.engine.value || engineSays(card) === filters.engine.value)
      && (!text || [card.text, card.expression_id, card.keyword, decisions.get(card.expression_id)?.note || ""].join("\n").toLowerCase().includes(text));
  });
  focus = Math.max(0, shown.indexOf(before));
  list.show(shown.length);
  moveTo(focus);
}

// ---- the picture ---------------------------------------------------------------------------------------------

let builtFor = null, refresh = () => {};
function build(card) {
  const panel = byId("panel");
  builtFor = card;
  if (!card) { panel.replaceChildren(element("p", "soft", "Nothing fits the filter.")); return; }
  const picture = pictures[card.image], view = element("div", "view"), image = element("img"), shade = element("div", "shade");
  image.src = picture.thumb; image.alt = picture.image_id;
  view.style.aspectRatio = `${picture.width} / ${picture.height}`;
  view.style.width = `min(100%, ${58 * picture.width / picture.height}vh)`;
  for (const name of card.mattes) { const matte = element("img"); matte.src = name; matte.alt = ""; shade.append(matte); }
  if (card.mattes.length) view.append(image, shade); else view.append(image);
  const open = element("a", "soft", picture.image_id);
  open.href = picture.file;
  const buttons = data.verdicts.map((word) => {
    const node = element("button", word, word + " ", element("kbd", "", word[0].toUpperCase()));
    node.onclick = () => { judge(word); byId("list").focus({ preventScroll: true }); };
    return node;
  });
  const note = element("input");
  note.id = "note";
  note.placeholder = "note ( N )";
  note.onblur = () => setNote(card, plainText(note.value));
  note.onkeydown = (event) => { if (event.key === "Enter") byId("list").focus({ preventScroll: true }); };
  const others = element("div", "others", element("div", "soft", "other phrases shown of this image"));
  for (const [at, index] of shown.entries()) {
    const other = cards[index];
    if (other.image !== card.image || other === card) continue;
    const row = element("div", "", other.text);
    row.onclick = () => moveTo(at);
    others.append(row);
  }
  panel.replaceChildren(view, element("div", "phrase", card.text),
    element("div", "soft", `${names[card.kind] || card.kind} · ${card.keyword} · ${engineSays(card)}, says the engine · `, open),
    element("div", "verdicts", ...buttons), note, others.childElementCount > 1 ? others : "");
  refresh = () => {
    view.classList.toggle("hidden", byId("f-hide").checked);
    buttons.forEach((node, index) => node.classList.toggle("on", verdict(card) === data.verdicts[index]));
    if (note !== document.activeElement) note.value = decisions.get(card.expression_id)?.note || "";
  };
}
function draw() {
  list.repaint();
  const card = shown.length ? cards[shown[focus]] : null;
  if (card !== builtFor || !card) build(card);
  refresh();
  const counts = Object.fromEntries(data.verdicts.map((word) => [word, 0]));
  for (const each of cards) if (verdict(each)) counts[verdict(each)] += 1;
  showProgress(data.verdicts.map((word) => ({ name: word, n: counts[word], className: marks[word] })), cards.length, decisions.unsaved, "verdicts.csv");
  byId("undo").disabled = !decisions.past.length;
  const part = pictures.length < data.n_images ? ` of ${pictures.length} of ${data.n_images} images` : "";
  byId("count").textContent = `${shown.length.toLocaleString("en")} phrases${part} shown`;
}
decisions.onchange = draw;

// ---- keys ----------------------------------------------------------------------------------------------------

showKeys([
  [["F", "W", "A"], "fine, wrong, ambiguous; and go on"],
  [["Shift F"], "all open phrases of this image are fine"],
  [["N"], "write a note; Enter leaves it"],
  [["T"], "hide or show the target"],
  [["↑", "↓"], "move (also K J, Page Up, Page Down, Home, End)"],
  [["R"], "no verdict yet"],
  [["U", "Ctrl Z"], "undo; Shift Ctrl Z does it again"],
  [["/"], "search"],
  [["S"], "save verdicts.csv"],
]);
const moves = { ArrowUp: () => -1, k: () => -1, ArrowDown: () => 1, j: () => 1, PageDown: () => list.page, PageUp: () => -list.page, Home: () => -Infinity, End: () => Infinity };
const actions = { f: () => judge("fine"), w: () => judge("wrong"), a: () => judge("ambiguous"), r: reopen, s: save,
  n: () => byId("note")?.focus(), t: () => { byId("f-hide").checked = !byId("f-hide").checked; draw(); },
  u: () => back(decisions.undo(), "undo"), "/": () => filters.text.focus(), "?": () => byId("keys").showModal() };
document.addEventListener("keydown", (event) => {
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key, command = event.ctrlKey || event.metaKey;
  if (command && key === "s") { event.preventDefault(); save(); return; }
  if (typing(event) && event.target.type !== "checkbox") {
    if (event.key === "Escape" && !event.target.closest("dialog")) byId("list").focus({ preventScroll: true });
    return;
  }
  if (command && key === "z") { event.preventDefault(); back(event.shiftKey ? decisions.redo() : decisions.undo(), event.shiftKey ? "do again" : "undo"); return; }
  if (command || event.altKey) return;
  if (event.shiftKey && key === "f") judgeImage();
  else if (moves[key]) { event.preventDefault(); moveTo(focus + moves[key]()); } else if (actions[key]) { event.preventDefault(); actions[key](); }
});
byId("undo").onclick = () => back(decisions.undo(), "undo");
byId("help").onclick = () => byId("keys").showModal();
byId("save").onclick = save;

// ---- start ---------------------------------------------------------------------------------------------------

fillSelect(filters.verdict, "all", [["none", "none yet"], ...data.verdicts]);
fillSelect(filters.kind, "all", [...new Set(cards.map((card) => card.kind))]);
fillSelect(filters.engine, "anything", [...new Set(cards.map(engineSays))]);
for (const [name, node] of Object.entries(filters)) node[name === "text" ? "oninput" : "onchange"] = filter;
filters.text.onkeydown = (event) => { if (event.key === "Enter") byId("list").focus({ preventScroll: true }); };
byId("f-hide").onchange = draw;
filter();
byId("list").focus({ preventScroll: true });
performance.mark("ready");
