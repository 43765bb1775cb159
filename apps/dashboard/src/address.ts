/** Parameters after the path in the hash of the address. */
export function readAddress(): URLSearchParams {
  return new URLSearchParams(location.hash.split('?')[1] ?? '')
}

/** Sets or, with null, removes parameters of the address: a link to it then shows the same, and "back" leaves the page. */
export function writeAddress(changes: Readonly<Record<string, string | null>>): void {
  const [path = '#/'] = location.hash.split('?')
  const parameters = readAddress()
  for (const [name, value] of Object.entries(changes)) {
    if (value === null) parameters.delete(name)
    else parameters.set(name, value)
  }
  const query = parameters.toString()
  const hash = query === '' ? path : `${path}?${query}`
  if (hash !== location.hash) history.replaceState(history.state, '', hash)
}
