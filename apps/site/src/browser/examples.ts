/** Links to specifications that the page may submit. */
const EXAMPLES = 'a[href^="/docs/examples/"]'

/** Gives each link to an example a button that submits it to this service and then leads to the run. */
export function addRunButtons(): void {
  for (const link of document.querySelectorAll<HTMLAnchorElement>(EXAMPLES)) {
    const button = document.createElement('button')
    button.type = 'button'
    button.className = 'run'
    button.textContent = 'Run'
    button.setAttribute('aria-label', `Run ${link.textContent ?? ''}`)
    button.addEventListener('click', () => {
      button.disabled = true
      void submit(link.href).then((outcome) => button.replaceWith(outcome))
    })
    link.after(' ', button)
  }
}

/** A link to the run, or why there is none. */
async function submit(example: string): Promise<HTMLElement> {
  const body = (await (await fetch(example)).json()) as object
  const path = 'template' in body ? 'sweeps' : 'jobs'
  const response = await fetch(`/v1/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  const answer = (await response.json()) as { id: string; detail?: string }
  if (!response.ok) return Object.assign(document.createElement('strong'), { textContent: answer.detail })
  const link = document.createElement('a')
  link.href = `/#/${path}/${answer.id}`
  link.textContent = 'Watch it train →'
  return link
}
