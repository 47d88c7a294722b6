import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

const require = createRequire(import.meta.url);
const lucide = join(dirname(require.resolve("lucide-static/package.json")), "icons");

/**
 * Write the icons named in `list` (one lucide name per line) as one SVG sprite,
 * found in the manifest under "icons.svg".
 */
export default function iconSprite(list) {
  return {
    name: "icon-sprite",
    buildStart() {
      this.addWatchFile(list);
    },
    generateBundle() {
      this.emitFile({
        type: "asset",
        name: "icons.svg",
        originalFileName: "icons.svg",
        source: sprite(names(readFileSync(list, "utf8"))),
      });
    },
  };
}

export function names(text) {
  return text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line && !line.startsWith("#"));
}

export function sprite(icons) {
  return `<svg xmlns="http://www.w3.org/2000/svg">${icons.map(symbol).join("")}</svg>\n`;
}

function symbol(name) {
  const text = readFileSync(join(lucide, `${name}.svg`), "utf8");
  const shapes = text
    .replace(/<!--.*?-->/gs, "")
    .replace(/<svg[^>]*>/s, "")
    .replace("</svg>", "")
    .replace(/\s+/g, " ")
    .trim();
  return `<symbol id="${name}" viewBox="0 0 24 24">${shapes}</symbol>`;
}
