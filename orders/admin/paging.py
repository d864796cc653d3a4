"""Pages of lists that hold millions of rows."""

from django.utils.functional import cached_property
from unfold import paginator

MOST_PAGES = 200


class InfinitePaginator(paginator.InfinitePaginator):
    """Counts nothing and has an end: a deep OFFSET reads every row before it. Older rows are reached by filters. Named
    like the theme's own, since its templates ask for that name."""

    template_name = "admin/orders/capped_pages.html"

    @cached_property
    def count(self) -> int:
        return MOST_PAGES * int(self.per_page)
