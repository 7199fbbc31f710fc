from django.urls import path

from finance import views

urlpatterns = [
    path("", views.tenants),
    path("t/<str:tenant>/", views.invoices),
    path("healthz", views.healthz),
]
