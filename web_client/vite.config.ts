import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";

// VIVA_SERVER: where `npm run dev` finds a running server (or dev/pretend_server.py).
const server = process.env["VIVA_SERVER"] ?? "http://127.0.0.1:8000";

/** While developing, the pages are at the same addresses as behind the server. */
const addresses: Plugin = {
  name: "viva-addresses",
  configureServer({ middlewares }) {
    middlewares.use((request, _response, next) => {
      if (request.url?.startsWith("/i/")) request.url = "/candidate.html";
      else if (/^\/hr(\?|$)/.test(request.url ?? "")) request.url = "/hr.html";
      next();
    });
  },
};

export default defineConfig({
  plugins: [addresses],
  esbuild: { jsx: "automatic", jsxImportSource: "preact" },
  build: {
    target: "es2022",
    // No data: URLs, so that a strict Content-Security-Policy (default-src 'self') holds.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rollupOptions: { input: ["candidate.html", "hr.html"] },
  },
  server: { host: "127.0.0.1", proxy: { "/api": { target: server, ws: true } } },
  test: { include: ["test/**/*.test.ts"], environment: "node" },
});
