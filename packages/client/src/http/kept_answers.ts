/** Characters of answers that are kept: some hundred pages of metrics. */
const KEPT_CHARACTERS = 4 * 2 ** 20

interface KeptAnswer {
  readonly etag: string
  readonly text: string
}

/** Answers by their URL with their `ETag`, so that one that has not changed is not sent again. The oldest are dropped first. */
export class KeptAnswers {
  readonly #answers = new Map<string, KeptAnswer>()
  #characters = 0

  find(url: string): KeptAnswer | undefined {
    const found = this.#answers.get(url)
    if (found !== undefined) this.#answers.delete(url)
    if (found !== undefined) this.#answers.set(url, found) // now the newest
    return found
  }

  keep(url: string, answer: KeptAnswer): void {
    this.#drop(url)
    this.#answers.set(url, answer)
    this.#characters += answer.text.length
    for (const oldest of this.#answers.keys()) {
      if (this.#characters <= KEPT_CHARACTERS) return
      this.#drop(oldest)
    }
  }

  #drop(url: string): void {
    this.#characters -= this.#answers.get(url)?.text.length ?? 0
    this.#answers.delete(url)
  }
}
