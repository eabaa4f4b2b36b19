import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

/**
 * The page, built into the package, whose API serves it. Nothing is inlined: its policy (`src/api/page.ts`) allows no inline script
 * or style.
 */
export default defineConfig({
  root: import.meta.dirname,
  plugins: [react()],
  build: {
    outDir: '../src/page',
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    chunkSizeWarningLimit: 1000,
  },
});
