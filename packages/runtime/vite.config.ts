import { defineConfig } from 'vite'

// The runtime as one file that imports nothing. Of what it uses only the forward pass is taken: no module of ours or of the
// schemas does anything but define what it exports.
export default defineConfig({
  build: {
    lib: { entry: 'dist/index.js', formats: ['es'], fileName: () => 'runtime.js' },
    outDir: 'dist/bundle',
    target: 'es2023',
    minify: true,
    rolldownOptions: { treeshake: { moduleSideEffects: false } },
  },
})
