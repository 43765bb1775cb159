import { defineConfig } from 'vite'

// The API as one file: as separate modules, those that it uses take more than a second to load. What reads files beside its own
// stays outside.
export default defineConfig({
  build: { ssr: 'dist/main.js', outDir: 'dist/bundle', target: 'node20', minify: false },
  ssr: { noExternal: true, external: ['@fastify/swagger-ui', '@bull-board/api', '@bull-board/ui'] },
})
