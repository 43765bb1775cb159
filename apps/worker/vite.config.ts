import { defineConfig } from 'vite'

// The worker and its training child, each as one file and what they share: as separate modules, those that they use take a second
// to load. What reads files beside its own stays outside.
export default defineConfig({
  build: {
    ssr: true,
    outDir: 'dist/bundle',
    target: 'node20',
    minify: false,
    rolldownOptions: { input: { main: 'dist/main.js', child: 'dist/child.js' } },
  },
  ssr: { noExternal: true, external: ['@unroll/libtensorflow'] },
})
