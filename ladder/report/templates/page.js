"use strict";
(() => {
  const settings = JSON.parse(document.getElementById("settings").textContent);
  const pieces = new RegExp(`(${settings.special})|(${settings.control})|(\\n)`, "gu");

  const nameOf = (character) => {
    const code = character.codePointAt(0);
    return settings.names[code] || "U+" + code.toString(16).toUpperCase().padStart(4, "0");
  };

  const chip = (kind, text) => {
    const span = document.createElement("span");
    span.className = kind === "break" ? kind : "chip " + kind;
    if (kind === "break") span.setAttribute("aria-hidden", "true");
    span.textContent = text;
    return span;
  };

  // Model text only ever becomes text nodes.
  const say = (node, text) => {
    node.textContent = "";
    let end = 0;
    for (const match of text.matchAll(pieces)) {
      node.append(text.slice(end, match.index));
      if (match[1] !== undefined) node.append(chip("special", match[1]));
      else if (match[2] !== undefined) node.append(chip("control", nameOf(match[2])));
      else node.append(chip("break", "↵"), "\n");
      end = match.index + match[0].length;
    }
    node.append(text.slice(end));
  };

  const plain = (text) =>
    text.replace(new RegExp(settings.control, "gu"), (character) => `⟨${nameOf(character)}⟩`);

  const fill = (node, values) => {
    for (const field of node.querySelectorAll("[data-field]")) {
      const value = values[field.dataset.field];
      if (value !== undefined) field.textContent = plain(value);
    }
    for (const field of node.querySelectorAll("[data-said]")) {
      const value = values[field.dataset.said];
      if (value !== undefined) say(field, value);
    }
  };

  const fillLists = (node, lists) => {
    const blanks = new Map();
    for (const list of node.querySelectorAll("[data-list]")) {
      blanks.set(list, list.firstElementChild);
      list.textContent = "";
    }
    for (const [list, blank] of blanks) {
      for (const values of lists[list.dataset.list]) {
        const entry = blank.cloneNode(true);
        fill(entry, values);
        list.append(entry);
      }
    }
  };

  const pager = (box, turn) => {
    const [back, forth] = box.querySelectorAll("button");
    back.addEventListener("click", () => turn(-1));
    forth.addEventListener("click", () => turn(1));
    box.hidden = false;
    return (text, isFirst, isLast) => {
      box.querySelector("[data-status]").textContent = text;
      back.disabled = isFirst;
      forth.disabled = isLast;
    };
  };

  const pageSamples = (root) => {
    const index = JSON.parse(root.querySelector("[data-index]").textContent);
    const chunks = [...root.querySelectorAll("script[data-chunk]")];
    const rows = root.querySelector("[data-rows]");
    const blank = root.querySelector("template[data-blank]").content;
    const parsed = new Map();
    const chosen = { outcome: "", slices: index.slices.map(() => "") };
    let passages = null;
    let found = [...index.outcomes.keys()];
    let page = 0;

    const rowAt = (position) => {
      const number = Math.floor(position / index.chunk);
      if (!parsed.has(number)) parsed.set(number, JSON.parse(chunks[number].textContent));
      return parsed.get(number)[position % index.chunk];
    };
    const passageAt = (position) => {
      passages ??= JSON.parse(root.querySelector("[data-passages]").textContent);
      return passages[position];
    };
    const draw = (position) => {
      const [, outcome, before, after, input, targets, facts, answers, prompts, found, thoughts] = rowAt(position);
      const sample = blank.cloneNode(true);
      fillLists(sample, {
        facts: facts.map(([name, value]) => ({ name, value })),
        answers: answers.map(([label, score, text, read, note]) => ({
          label: index.labels[label], score, text, read, note,
        })),
        thoughts: thoughts.map(([label, text]) => ({ label: index.labels[label], text })),
        passages: found.map(([label, passage]) => ({
          label: index.labels[label], id: passageAt(passage)[0], text: passageAt(passage)[1],
        })),
        prompts: prompts.map(([label, text]) => ({
          label: index.labels[label], text: index.prefixes[label] + text,
        })),
      });
      const summary = sample.querySelector("summary");
      fill(summary, {
        word: index.words[index.keys.indexOf(outcome)],
        input, target: targets[0] ?? "", before: before || "–", after: after || "–",
      });
      say(sample.querySelector("[data-said=input]"), input);
      say(sample.querySelector("[data-said=targets]"), targets.join("\n"));
      return sample;
    };
    const show = pager(root.querySelector("[data-pager]"), (step) => {
      page += step;
      render();
    });
    const status = () => {
      const first = page * settings.page;
      const last = Math.min(first + settings.page, found.length);
      const text = found.length ? `${(first + 1).toLocaleString("en")} to ${last.toLocaleString("en")} of ${found.length.toLocaleString("en")}` : "none";
      show(text, page === 0, last >= found.length);
      return found.slice(first, last);
    };
    const render = () => {
      const shown = document.createDocumentFragment();
      for (const position of status()) shown.append(draw(position));
      rows.replaceChildren(shown);
    };
    const filter = () => {
      const outcome = chosen.outcome === "" ? -1 : index.keys.indexOf(chosen.outcome);
      found = [...index.outcomes.keys()].filter(
        (position) =>
          (outcome < 0 || index.outcomes[position] === outcome) &&
          chosen.slices.every((code, slice) => code === "" || index.slices[slice].codes[position] === Number(code)),
      );
      page = 0;
      render();
    };

    const filters = root.querySelector("[data-filters]");
    filters.hidden = false;
    const buttons = filters.querySelectorAll("[data-outcome]");
    for (const button of buttons) {
      button.addEventListener("click", () => {
        chosen.outcome = button.dataset.outcome;
        for (const other of buttons) other.setAttribute("aria-pressed", String(other === button));
        filter();
      });
    }
    for (const select of filters.querySelectorAll("[data-slice]")) {
      select.addEventListener("change", () => {
        chosen.slices[Number(select.dataset.slice)] = select.value;
        filter();
      });
    }
    const without = root.querySelector("[data-without-script]");
    if (without) without.hidden = true;
    status();
  };

  const pagePairs = (root) => {
    const box = root.querySelector("[data-pair-pager]");
    if (!box) return;
    const pairs = [...root.querySelectorAll("[data-pair]")];
    let at = 0;
    const show = pager(box, (step) => {
      at += step;
      render();
    });
    const render = () => {
      pairs.forEach((pair, position) => {
        pair.classList.toggle("shown", position === at);
        pair.open = position === at;
      });
      show(`${at + 1} of ${pairs.length}`, at === 0, at === pairs.length - 1);
    };
    root.setAttribute("data-paged", "");
    render();
  };

  const copyByHand = (text) => {
    const area = document.createElement("textarea");
    area.value = text;
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  };

  for (const button of document.querySelectorAll("[data-copy]")) {
    const words = button.textContent;
    button.hidden = false;
    button.addEventListener("click", async () => {
      const text = button.dataset.copy;
      try {
        await navigator.clipboard.writeText(text);
      } catch {
        copyByHand(text);
      }
      button.textContent = "copied";
      setTimeout(() => { button.textContent = words; }, 1600);
    });
  }
  for (const root of document.querySelectorAll("[data-pairs]")) pagePairs(root);
  for (const root of document.querySelectorAll("[data-samples]")) pageSamples(root);

  const reveal = () => {
    const found = location.hash && document.getElementById(location.hash.slice(1));
    const run = found && found.closest("details.one");
    if (run) { run.open = true; found.scrollIntoView(); }
  };
  window.addEventListener("hashchange", reveal);
  reveal();
})();
