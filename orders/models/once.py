"""What makes a form that is sent twice act once."""

from django.db import models


class SpentToken(models.Model):
    """The one-time token of a form that has been acted on; written in the transaction of the act."""

    token = models.CharField(max_length=64, primary_key=True)
    spent_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return self.token
