import { defineConfig } from 'vite';

// Nothing is inlined: the policy of the site allows no data: scripts, styles or
// fonts, and a file with its hash in its name may be kept for a year.
export default defineConfig({
  build: {
    target: 'es2022',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    manifest: true, // for scripts/budget.mjs, which removes it
  },
  server: { port: 5173, strictPort: true, proxy: { '/api': 'http://localhost:8787', '/config.json': 'http://localhost:8787' } },
});
