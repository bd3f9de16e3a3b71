/**
 * What the page gains by a script: buttons that copy. Where a browser refuses a page that was opened as a file, the text is
 * selected instead.
 */
export const script = `for (const button of document.querySelectorAll('button[data-copy]')) {
  button.hidden = false
  button.addEventListener('click', async () => {
    const source = document.getElementById(button.dataset.copy)
    try {
      await navigator.clipboard.writeText(source.textContent)
      button.textContent = 'Copied'
    } catch {
      getSelection().selectAllChildren(source)
      button.textContent = 'Selected'
    }
  })
}`
