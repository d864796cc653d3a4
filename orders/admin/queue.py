"""The task queue, to look at."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django_q.models import Failure, OrmQ, Schedule, Success, Task
from unfold.decorators import display

from orders import notation
from orders.admin import formats
from orders.admin.base import ReadOnlyAdmin
from orders.admin.moment_filter import MomentFilter
from orders.admin.paging import InfinitePaginator

for stock in (OrmQ, Schedule, Success, Failure):
    if admin.site.is_registered(stock):
        admin.site.unregister(stock)


@admin.register(OrmQ)
class WaitingTaskAdmin(ReadOnlyAdmin):
    """Empty with the Redis broker, which keeps its own list."""

    list_display = ("id", "func", "arguments", "taken_until")
    list_filter = (("lock", MomentFilter),)
    fields = ("id", "func", "arguments", "taken_until")
    readonly_fields = fields
    paginator = InfinitePaginator
    show_full_result_count = False

    @display(description=_("arguments"))
    def arguments(self, waiting: OrmQ) -> str:
        return ", ".join(str(each) for each in waiting.args() or ())

    @display(description=_("taken by a worker until"), ordering="lock")
    def taken_until(self, waiting: OrmQ) -> str:
        return formats.moment(waiting.lock)


class DoneTaskAdmin(ReadOnlyAdmin):
    list_display = ("func", "arguments", "started_at", "took", "attempt_count", "outcome")
    fields = ("id", "func", "arguments", "started_at", "took", "attempt_count", "result_shown")
    readonly_fields = fields
    list_filter = (("started", MomentFilter),)
    search_fields = ("func",)
    paginator = InfinitePaginator
    show_full_result_count = False
    sortable_by = ()
    succeeded = True

    def get_queryset(self, request: HttpRequest) -> QuerySet[Task]:
        rows: QuerySet[Task] = super().get_queryset(request)
        return rows.filter(success=self.succeeded)

    @display(description=_("arguments"))
    def arguments(self, task: Task) -> str:
        return ", ".join(str(each) for each in task.args or ())

    @display(description=_("started"))
    def started_at(self, task: Task) -> str:
        return formats.moment(task.started)

    @display(description=_("took"))
    def took(self, task: Task) -> str:
        return gettext("%(count)s s") % {
            "count": notation.decimal(f"{(task.stopped - task.started).total_seconds():.2f}")
        }

    @display(description=_("outcome"))
    def outcome(self, task: Task) -> str:
        return str(task.result if task.result is not None else formats.NOTHING)[:120]

    @display(description=_("result"))
    def result_shown(self, task: Task) -> str:
        return formats.preformatted(str(task.result if task.result is not None else ""))


@admin.register(Success)
class SucceededTaskAdmin(DoneTaskAdmin):
    pass


@admin.register(Failure)
class FailedTaskAdmin(DoneTaskAdmin):
    succeeded = False


@admin.register(Schedule)
class ScheduleAdmin(ReadOnlyAdmin):
    list_display = ("name", "func", "every", "next_at")
    list_filter = (("next_run", MomentFilter),)
    fields = ("name", "func", "every", "next_at")
    readonly_fields = fields

    @display(description=_("every"))
    def every(self, schedule: Schedule) -> str:
        return (
            gettext("%(minutes)s min") % {"minutes": schedule.minutes}
            if schedule.minutes
            else str(schedule.get_schedule_type_display())
        )

    @display(description=_("next run"), ordering="next_run")
    def next_at(self, schedule: Schedule) -> str:
        return formats.moment(schedule.next_run)
