/**
 * A button that opens a small sheet below itself.
 *
 * Invariant: Escape and a press elsewhere close it, and Escape gives the focus back to the button.
 */
import type { ComponentChildren } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'

interface PopoverProps {
  /** What the button says. */
  readonly label: ComponentChildren
  /** Name of the sheet, and of the button where its text does not say enough. */
  readonly name: string
  readonly active?: boolean
  readonly align?: 'start' | 'end'
  readonly children: (close: () => void) => ComponentChildren
}

/** Draws the button and, while it is open, the sheet. */
export function Popover({ label, name, active = false, align = 'start', children }: PopoverProps) {
  const [open, setOpen] = useState(false)
  const root = useRef<HTMLDivElement>(null)
  const button = useRef<HTMLButtonElement>(null)
  const close = () => {
    setOpen(false)
    button.current?.focus()
  }
  useEffect(() => {
    if (!open) return
    const press = (event: PointerEvent) => {
      if (!root.current?.contains(event.target as Node)) setOpen(false)
    }
    const key = (event: KeyboardEvent) => {
      if (event.key !== 'Escape') return
      event.stopPropagation()
      close()
    }
    // a tab that the sheet covers in part is no target: the press that would miss it closes the sheet
    const tabs = document.querySelector<HTMLElement>('.tabs')
    if (tabs) tabs.inert = true
    document.addEventListener('pointerdown', press)
    document.addEventListener('keydown', key, true)
    root.current?.querySelector<HTMLElement>('.sheet [data-first]')?.focus()
    return () => {
      if (tabs) tabs.inert = false
      document.removeEventListener('pointerdown', press)
      document.removeEventListener('keydown', key, true)
    }
  }, [open])
  return (
    <div class="popover" ref={root}>
      <button
        type="button"
        ref={button}
        class={`control ${active ? 'active' : ''}`}
        aria-expanded={open}
        aria-haspopup="dialog"
        onClick={() => setOpen(!open)}
      >
        {label}
      </button>
      {open && (
        <div class={`sheet ${align}`} role="dialog" aria-label={name}>
          {children(close)}
        </div>
      )}
    </div>
  )
}
