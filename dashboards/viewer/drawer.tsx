/**
 * A sheet over the right side of the page.
 *
 * Invariant: while it is open the page behind it is out of reach; Escape and a press beside it close it.
 */
import type { ComponentChildren } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { Icon } from './icons.tsx'

interface DrawerProps {
  readonly title: string
  /** Where one came from; absent where there is no way back but to close. */
  readonly onBack?: (() => void) | undefined
  readonly onClose: () => void
  readonly children: ComponentChildren
}

/** Draws the sheet, open. */
export function Drawer({ title, onBack, onClose, children }: DrawerProps) {
  const dialog = useRef<HTMLDialogElement>(null)
  useEffect(() => {
    const element = dialog.current
    if (element && !element.open) element.showModal()
  }, [])
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: keyboards close it with Escape, as every dialog
    <dialog
      class="drawer"
      ref={dialog}
      aria-label={title}
      onCancel={(event) => {
        event.preventDefault()
        onClose()
      }}
      onClick={(event) => event.target === dialog.current && onClose()}
    >
      <div class="drawer-inner">
        <header>
          {onBack && (
            <button type="button" class="control" onClick={onBack}>
              <Icon name="back" />
              All calls
            </button>
          )}
          <h2>{title}</h2>
          <span class="space" />
          <button type="button" class="tool" aria-label="Close" title="Close (Esc)" onClick={onClose}>
            <Icon name="close" />
          </button>
        </header>
        {children}
      </div>
    </dialog>
  )
}
