import { defineConfig, type Plugin } from 'vite'

/** Puts script and style into the page itself: it is one file that loads nothing. */
const intoPage: Plugin = {
  name: 'into-page',
  enforce: 'post',
  generateBundle(_, bundle) {
    const page = bundle['report.html']
    if (page?.type !== 'asset') throw new Error('Cannot write the report as it has no page')
    let html = String(page.source)
    for (const [name, file] of Object.entries(bundle)) {
      if (file === page) continue
      const isScript = file.type === 'chunk'
      const tag = isScript
        ? new RegExp(`<script[^>]*src="\\./${name}"[^>]*></script>`)
        : new RegExp(`<link[^>]*href="\\./${name}"[^>]*>`)
      if (!tag.test(html)) throw new Error(`Cannot write the report as its page does not load ${name}`)
      const text = isScript ? file.code.replaceAll('</script', '<\\/script') : String(file.source)
      html = html.replace(tag, () => (isScript ? `<script type="module">${text}</script>` : `<style>${text}</style>`))
      delete bundle[name]
    }
    page.source = html
  },
}

// The page of `unroll report`, into which the command line puts a run.
export default defineConfig({
  base: './',
  publicDir: false,
  build: {
    outDir: '../cli/dist/page',
    emptyOutDir: true,
    target: 'es2022',
    modulePreload: false,
    cssCodeSplit: false,
    rolldownOptions: { input: 'report.html', output: { codeSplitting: false } },
  },
  plugins: [intoPage],
})
