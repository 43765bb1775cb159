import { defineConfig } from 'vite'

// The command line as one file of what it uses: as separate modules, those of the schemas take a second to load.
export default defineConfig({
  build: {
    ssr: 'dist/main.js',
    outDir: 'dist/bundle',
    target: 'node20',
    minify: false,
    rolldownOptions: { output: { comments: false } },
  },
  ssr: { noExternal: true },
})
