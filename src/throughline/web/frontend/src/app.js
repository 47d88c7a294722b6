import "../styles/main.css";
import htmx from "htmx.org/dist/htmx.esm.js";
import { bindBackdrops } from "./behaviours/backdrops.js";
import { bindBell } from "./behaviours/bell.js";
import { bindBoards } from "./behaviours/board.js";
import { watchBusy } from "./behaviours/busy.js";
import { bindCalendars } from "./behaviours/calendar.js";
import { bindCells } from "./behaviours/cells.js";
import { bindConfirm } from "./behaviours/confirm.js";
import { bindDialogs } from "./behaviours/dialogs.js";
import { bindExpressions } from "./behaviours/expressions.js";
import { bindForms } from "./behaviours/forms.js";
import { bindHere } from "./behaviours/here.js";
import { bindLists } from "./behaviours/lists.js";
import { bindMentions } from "./behaviours/mentions.js";
import { bindMiniCharts } from "./behaviours/mini-charts.js";
import { bindNudges } from "./behaviours/nudges.js";
import { bindPalette } from "./behaviours/palette.js";
import { bindPicks } from "./behaviours/picks.js";
import { bindPreferences } from "./behaviours/preferences.js";
import { bindPrinting } from "./behaviours/printing.js";
import { bindShortcuts } from "./behaviours/shortcuts.js";
import { bindSliders } from "./behaviours/sliders.js";
import { bindTimes } from "./behaviours/times.js";
import { bindToasts } from "./behaviours/toasts.js";
import { bindTools } from "./behaviours/tools.js";
import { bindWalks } from "./behaviours/walks.js";
import { mountIslands } from "./islands.js";

window.htmx = htmx;

// Bound once; they listen on the document and so also serve what htmx brings later.
for (const bind of [
  bindPreferences,
  bindDialogs,
  bindConfirm,
  bindForms,
  bindLists,
  bindCells,
  bindTools,
  bindMentions,
  bindPicks,
  bindExpressions,
  bindBell,
  bindPalette,
  bindPrinting,
  bindShortcuts,
  bindToasts,
  bindWalks,
  watchBusy,
]) {
  bind(document);
}

/** What needs its own elements: at first, and again for every part that htmx swapped in. */
function dress(root) {
  bindBackdrops(root);
  bindBoards(root);
  bindCalendars(root);
  bindHere(root);
  bindMiniCharts(root);
  bindNudges(root);
  bindSliders(root);
  bindTimes(root);
  mountIslands(root);
}

dress(document);
document.addEventListener("htmx:after:swap", () => dress(document));
document.documentElement.dataset.ready = "";
