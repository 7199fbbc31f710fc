from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404

from customers.models import Client
from finance.models import Invoice
from tenancy import schemas


def tenants(request):
    return JsonResponse({"tenants": list(Client.objects.order_by("schema_name").values_list("schema_name", flat=True))})


def invoices(request, tenant):
    client = get_object_or_404(Client, schema_name=tenant)
    with schemas.schema(client.schema_name):
        # In a schema that lacks finance.0003 there is no such column, and this page would fail: for that tenant only,
        # and only once somebody looks.
        open_ones = Invoice.objects.filter(paid=False).count()
        return JsonResponse({"tenant": tenant, "invoices": Invoice.objects.count(), "open": open_ones})


def healthz(request):
    return HttpResponse("ok\n", content_type="text/plain")
