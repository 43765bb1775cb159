import { element } from '../dom/element.ts'

/** A part of a stage, in CSS pixels from its left and top. */
export interface Box {
  readonly left: number
  readonly top: number
  readonly width: number
  readonly height: number
}

const CLICK_PX = 4

/** Shows the box that the main button drags over `stage`, and passes it on, or that it was only a click. */
export function onDrag(
  stage: HTMLElement,
  { onBox, onClick }: { onBox: (box: Box) => void; onClick: () => void },
  signal: AbortSignal,
): void {
  const shown = element('div', { class: 'selection' })
  shown.hidden = true
  stage.append(shown)
  let start: PointerEvent | null = null
  const boxTo = (event: PointerEvent): Box | null => {
    if (start === null) return null
    const bounds = stage.getBoundingClientRect()
    return {
      left: Math.min(start.clientX, event.clientX) - bounds.left,
      top: Math.min(start.clientY, event.clientY) - bounds.top,
      width: Math.abs(event.clientX - start.clientX),
      height: Math.abs(event.clientY - start.clientY),
    }
  }
  const show = (box: Box | null) => {
    shown.hidden = box === null
    if (box === null) return
    for (const side of ['left', 'top', 'width', 'height'] as const) shown.style[side] = `${box[side]}px`
  }
  const end = (event: PointerEvent) => {
    const box = event.type === 'pointerup' ? boxTo(event) : null
    start = null
    show(null)
    if (box === null) return
    if (Math.max(box.width, box.height) >= CLICK_PX) onBox(box)
    else onClick()
  }
  stage.addEventListener(
    'pointerdown',
    (event) => {
      if (event.button !== 0 || event.pointerType === 'touch') return // a finger scrolls the page
      start = event
      stage.setPointerCapture(event.pointerId)
    },
    { signal },
  )
  stage.addEventListener('pointermove', (event) => show(boxTo(event)), { signal })
  for (const type of ['pointerup', 'pointercancel'] as const) stage.addEventListener(type, end, { signal })
}
