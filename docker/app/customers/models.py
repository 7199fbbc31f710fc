from django.db import models


class Client(models.Model):
    """A tenant. Its tables are in the PostgreSQL schema `schema_name`."""

    schema_name = models.CharField(max_length=63, unique=True)
    created_on = models.DateField(auto_now_add=True)

    def __str__(self):
        return self.schema_name
