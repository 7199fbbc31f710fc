from django.db import models


class Invoice(models.Model):
    number = models.CharField(max_length=30, unique=True)
    customer = models.CharField(max_length=200)
    issued_on = models.DateField(auto_now_add=True)
    paid = models.BooleanField(default=False)


class Line(models.Model):
    invoice = models.ForeignKey(Invoice, on_delete=models.CASCADE, related_name="lines")
    description = models.CharField(max_length=200)
    amount = models.DecimalField(max_digits=12, decimal_places=2)
