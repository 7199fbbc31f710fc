"""Writes an invoice into a tenant's schema."""

from django.core.management import BaseCommand

from finance.models import Invoice
from tenancy import schemas


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser):
        parser.add_argument("tenant")
        parser.add_argument("number")
        parser.add_argument("--customer", default="somebody")

    def handle(self, *, tenant, number, customer, **options):
        with schemas.schema(tenant):
            Invoice.objects.create(number=number, customer=customer)
