import { fileURLToPath } from "node:url";
import tailwindcss from "@tailwindcss/vite";
import { defineConfig } from "vite";
import iconSprite from "./plugins/icon-sprite.js";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  // Addresses inside the bundle are relative, so that any STATIC_URL works.
  base: "./",
  plugins: [tailwindcss(), iconSprite(here("./src/icons.txt"))],
  publicDir: false,
  build: {
    outDir: here("../static/built"),
    emptyOutDir: true,
    manifest: true,
    // Fonts and pictures stay files: the content security policy allows no data: fonts.
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 1200,
    rolldownOptions: {
      input: {
        app: here("./src/app.js"),
        public: here("./src/public.js"),
      },
    },
  },
});
