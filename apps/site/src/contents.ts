/** A page: a Markdown file of the repository and its address below `/docs`. */
export interface Entry {
  readonly file: string
  readonly path: string
}

export interface Section {
  readonly title: string
  readonly entries: readonly Entry[]
}

/** The pages by section, in the order of the navigation; a folder stands for all its pages by name. */
const SECTIONS: Readonly<Record<string, readonly string[]>> = {
  Start: ['docs/index.md', 'docs/dashboard.md', 'docs/glossary.md', 'docs/comparison.md'],
  Learn: [
    'docs/learn/vanishing.md',
    'docs/learn/exploding.md',
    'docs/learn/clipping.md',
    'docs/learn/truncation.md',
    'docs/learn/gates.md',
  ],
  Cells: ['docs/cells/'],
  Guides: [
    'docs/guide.md',
    'docs/command-line.md',
    'docs/data.md',
    'docs/sequences.md',
    'docs/predictions.md',
    'docs/sessions.md',
    'docs/exports.md',
    'docs/runtime.md',
    'docs/warm-start.md',
    'docs/client.md',
    'docs/python.md',
    'docs/webhooks.md',
  ],
  Fleet: ['docs/fleet.md', 'docs/operations.md', 'docs/deployment.md', 'docs/security.md', 'docs/monitoring.md'],
  Reference: [
    'docs/job-specification.md',
    'docs/commands.md',
    'docs/series.md',
    'docs/errors.md',
    'docs/states.md',
    'docs/limits.md',
    'docs/diagnosis.md',
    'docs/metrics.md',
    'docs/math/notation.md',
    'docs/math/matrix.md',
    'docs/math/lyapunov.md',
    'docs/math/flossing.md',
  ],
  About: [
    'docs/performance.md',
    'docs/learning.md',
    'docs/diagnosis-score.md',
    'docs/sweeps.md',
    'ARCHITECTURE.md',
    'CONTRIBUTING.md',
    'CHANGELOG.md',
    'docs/adr/',
  ],
}

/**
 * The sections with every folder as its pages.
 *
 * @param files all Markdown files of the repository
 */
export function listSections(files: readonly string[]): Section[] {
  return Object.entries(SECTIONS).map(([title, names]) => ({
    title,
    entries: names
      .flatMap((name) => (name.endsWith('/') ? files.filter((file) => file.startsWith(name)) : name))
      .map((file) => ({ file, path: toPath(file) })),
  }))
}

/** `docs/learn/gates.md` is at `/docs/learn/gates/`, `docs/index.md` at `/docs/`, `ARCHITECTURE.md` at `/docs/architecture/`. */
function toPath(file: string): string {
  const name = file.replace(/^docs\//, '').replace(/\.md$/, '')
  return name === 'index' ? '/docs/' : `/docs/${name.toLowerCase()}/`
}
