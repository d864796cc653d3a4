"""A person at work in the browser: what he clicks is counted, what he types is not."""

from urllib.parse import urlsplit

from playwright.sync_api import Download, Frame, Locator, Page

MENU = "#nav-sidebar"


class Hand:
    """`clicks`: pointer clicks and keys that press something. Typing is none of them, nor is the Enter that ends what
    was typed. `pages`: the paths of all that was opened, from the home page on."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.clicks = 0
        self.pages: list[str] = []
        page.on("framenavigated", self._note)

    def _note(self, frame: Frame) -> None:
        path = urlsplit(frame.url).path
        if frame == self.page.main_frame and self.pages[-1:] != [path]:
            self.pages.append(path)

    def click(self, what: Locator) -> None:
        self.clicks += 1
        what.click()

    def press(self, what: Locator, key: str = "Enter") -> None:
        self.clicks += 1
        what.press(key)

    def open(self, title: str) -> None:
        """A page of the menu."""
        words = self.page.get_by_text(title, exact=True)
        self.click(self.page.locator(MENU).locator("a", has=words))

    def button(self, name: str) -> None:
        self.click(self.page.get_by_role("button", name=name).last)

    def download(self, name: str) -> Download:
        """The file that the button gives."""
        with self.page.expect_download() as found:
            self.button(name)
        return found.value

    def type(self, field: Locator, text: str) -> None:
        field.fill(text)

    def choose(self, field: Locator, label: str) -> None:
        """By typing the beginning of its words."""
        field.select_option(label=label)

    def search(self, text: str) -> None:
        """In the box of every page."""
        self.page.keyboard.press("/")
        self.page.keyboard.type(text)
        self.page.keyboard.press("Enter")
        self.page.wait_for_url(lambda url: "/search/" in url or "/change/" in url)
