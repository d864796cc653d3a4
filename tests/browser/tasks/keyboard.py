"""A person without a pointer: Tab, Shift+Tab, Enter, the arrows and what is typed."""

from playwright.sync_api import Download, Locator, Page

MENU = "#nav-sidebar"
STOPS = "a[href], button, input, select, textarea, summary, [tabindex]"
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


def most_stops(page: Page) -> int:
    """A date has a stop for each of its parts."""
    return 4 * page.locator(STOPS).count()


class Keyboard:
    """`blind`: stops at which nobody could see where he is."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.blind: list[str] = []

    def go_to(self, what: Locator, key: str = "Tab") -> None:
        """Stop by stop."""
        what.wait_for()
        for _ in range(most_stops(self.page)):
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

    def choose(self, radio: Locator) -> None:
        """Tab leads to the chosen one of a group, the arrows to the others."""
        group = self.page.locator(f"[name={radio.get_attribute('name')}]")
        self.go_to(group.and_(self.page.locator(":checked")))
        for _ in range(group.count()):
            if radio.is_checked():
                return
            self.page.keyboard.press("ArrowDown")
        raise AssertionError(f"{radio} is out of reach of the arrows")

    def to_content(self) -> None:
        """From the beginning of a page, past its menu."""
        self.page.keyboard.press("Tab")
        self.press(self.page.get_by_role("link", name="Skip to the content"))

    def enter(self) -> None:
        """What opens a page, to its content."""
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")
        self.to_content()

    def follow(self, what: Locator) -> None:
        self.go_to(what)
        self.enter()

    def link(self, name: str) -> None:
        self.follow(self.page.get_by_role("link", name=name).first)

    def button(self, name: str) -> None:
        self.follow(self.page.get_by_role("button", name=name).last)

    def open(self, title: str) -> None:
        """A page of the menu."""
        self.follow(self.page.locator(MENU).get_by_role("link", name=title, exact=True))

    def search(self, text: str) -> None:
        """In the box of every page."""
        self.page.keyboard.press("/")
        self.page.keyboard.type(text)
        self.enter()

    def download(self, name: str) -> Download:
        """The file that the button gives."""
        with self.page.expect_download() as found:
            self.press(self.page.get_by_role("button", name=name, exact=True).last)
        return found.value
