import { element, setText } from '../../dom/element.ts'
import { MOST_SMOOTHING } from './run_view.ts'

/** Places of the slider. Each step to the right leaves a tenth less of the new value. */
const PLACES = 100
const DECADES = 2.3

/** A slider of the weight that the past has in a smoothed curve, which it says. */
export function smoothingSlider(
  first: number,
  signal: AbortSignal,
  onChange: (smoothing: number) => void,
): HTMLElement {
  const words = element('output', { class: 'number smoothing-words', text: smoothingWords(first) })
  const slider = element('input', {
    testId: 'smooth',
    attributes: {
      type: 'range',
      min: '0',
      max: String(PLACES),
      value: String(toPlace(first)),
      'aria-label': 'Smoothing',
    },
  })
  const change = () => {
    const smoothing = toSmoothing(Number(slider.value))
    setText(words, smoothingWords(smoothing))
    onChange(smoothing)
  }
  slider.addEventListener('input', change, { signal })
  return element('label', { class: 'field smoothing' }, 'Smoothing', slider, words)
}

/** How many steps a moving average of this weight has the mean of, about: `EMA 0.9, about 10 steps`. */
export function smoothingWords(smoothing: number): string {
  return smoothing === 0 ? 'off' : `EMA ${smoothing}, ≈ ${Math.round(1 / (1 - smoothing))} steps`
}

/** The weight at a place, evenly in the decades of what is left of a new value, with three decimals. */
function toSmoothing(place: number): number {
  const smoothing = 1 - 10 ** ((-DECADES * place) / PLACES)
  return Math.min(MOST_SMOOTHING, Number(smoothing.toFixed(3)))
}

function toPlace(smoothing: number): number {
  return Math.round((-Math.log10(1 - smoothing) / DECADES) * PLACES)
}
