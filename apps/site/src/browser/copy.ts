/** Gives each block of code a button that copies it. */
export function addCopyButtons(): void {
  for (const code of document.querySelectorAll('pre > code')) {
    const button = document.createElement('button')
    button.type = 'button'
    button.className = 'copy'
    button.textContent = 'Copy'
    button.addEventListener('click', async () => {
      await navigator.clipboard.writeText(code.textContent ?? '')
      button.textContent = 'Copied'
    })
    code.parentElement?.append(button)
  }
}
