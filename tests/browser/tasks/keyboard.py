"""A person without a pointer: Tab, Shift+Tab, Enter and what is typed."""

from playwright.sync_api import Locator, Page

MOST_STOPS = 250
# Of what has the focus: whether anybody can see that.
SEEN = """() => {
  const each = document.activeElement;
  if (!each || each === document.body) return ""; // at the end of the page, before its beginning
  const box = each.getBoundingClientRect(), style = getComputedStyle(each);
  const marked = (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0) || style.boxShadow !== "none"
    || getComputedStyle(each.parentElement).boxShadow !== "none";
  const shown = box.width > 0 && box.height > 0 && style.visibility === "visible";
  const where = `${each.tagName} ${each.className} ${each.textContent.trim().slice(0, 40)}`;
  return shown && marked ? "" : `${where} shown: ${shown}, marked: ${marked}`;
}"""
HAS_FOCUS = "each => each === document.activeElement || each.contains(document.activeElement)"


class Keyboard:
    """`blind`: stops at which nobody could see where he is."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.blind: list[str] = []

    def go_to(self, what: Locator, key: str = "Tab") -> None:
        """Stop by stop."""
        what.wait_for()
        for _ in range(MOST_STOPS):
            if what.evaluate(HAS_FOCUS):
                return
            self.page.keyboard.press(key)
            if fault := self.page.evaluate(SEEN):
                self.blind.append(fault)
        raise AssertionError(f"{what} is out of reach of the keyboard")

    def press(self, what: Locator) -> None:
        self.go_to(what)
        self.page.keyboard.press("Enter")

    def type(self, what: Locator, text: str) -> None:
        self.go_to(what)
        self.page.keyboard.type(text)

    def to_content(self) -> None:
        """From the beginning of a page, past its menu."""
        self.page.keyboard.press("Tab")
        self.press(self.page.get_by_role("link", name="Skip to the content"))
