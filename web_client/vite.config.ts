import { defineConfig } from "vitest/config";

// VIVA_SERVER: where `npm run dev` finds a running server (or dev/pretend_server.py).
const server = process.env["VIVA_SERVER"] ?? "http://127.0.0.1:8000";

export default defineConfig({
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
