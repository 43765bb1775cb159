import { defineConfig } from 'vite'

// The page is served under a strict content security policy: nothing may be inlined into HTML or as a data URL.
export default defineConfig({
  base: './',
  build: { target: 'es2022', assetsInlineLimit: 0, modulePreload: { polyfill: false } },
})
