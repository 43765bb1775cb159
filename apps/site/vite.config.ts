import { defineConfig } from 'vite'

// The one script of the pages. Its name is fixed, because the pages are written apart from it.
export default defineConfig({
  build: {
    target: 'es2022',
    outDir: 'dist/site/assets',
    modulePreload: false,
    rollupOptions: { input: 'dist/browser/main.js', output: { entryFileNames: 'site.js' } },
  },
})
