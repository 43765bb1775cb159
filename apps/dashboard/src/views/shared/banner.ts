import { UnrollProblem, formatDuration } from '@unroll/client'
import { element, setText } from '../../dom/element.ts'
import type { PagePace } from '../../data/page_pace.ts'
import type { Connection } from '../../data/poll.ts'
import { button } from './confirmed_button.ts'

/** Shows at the top of the page that the API does not answer, with a button to retry. */
export function connectionBanner(target: HTMLElement, pace: PagePace): Connection {
  const words = element('span')
  const retry = button('Try now', 'retry')
  retry.addEventListener('click', () => pace.retryNow())
  target.append(words, retry)
  return {
    succeeded: () => {
      target.hidden = true
    },
    failed: (error, retryMs) => {
      setText(
        words,
        `${reason(error)} What is shown may be out of date. Next try in ${formatDuration(retryMs / 1000)}.`,
      )
      target.hidden = false
    },
  }
}

/** Only an error of the service itself has a message for people. */
function reason(error: unknown): string {
  if (!(error instanceof UnrollProblem)) return 'The API does not answer.'
  return `The API answered with an error: ${error.message.replace(/\.$/, '')}.`
}
