import { defineConfig } from 'vite';

// Fixed names: the server embeds these three files, and a rebuild of the same sources gives the same bytes.
export default defineConfig({
  base: './',
  build: {
    outDir: 'dist',
    modulePreload: false,
    sourcemap: false,
    cssCodeSplit: false,
    rollupOptions: { output: { entryFileNames: 'console.js', chunkFileNames: '[name].js', assetFileNames: 'console[extname]' } },
  },
});
