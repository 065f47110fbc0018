def test_dbg(krita, docker):
    from tests.krita.paintings import photograph
    W,H=320,240
    krita.documents.create("photo", W, H)
    krita.documents.write_layer("Background", (0,0,W,H), photograph(W, H))
    print(krita.run("n=documents.active().activeNode(); (n.type(), [n.bounds().x(),n.bounds().y(),n.bounds().width(),n.bounds().height()], list(n.projectionPixelData(0,5,3,1).data()))"))
    print(docker.way, krita.hand.widget("sdedit_way_blend")["enabled"])
    krita.hand.hover("sdedit_status"); 
    import time; time.sleep(1.5)
    print(docker.way, krita.hand.widget("sdedit_way_blend")["enabled"])
    krita.hand.select_rectangle((20, 120), (110, 190))
    krita.hand.press_keys("ctrl+c"); time.sleep(1)
    print(krita.run("QtWidgets.QApplication.clipboard().mimeData().formats()"))
    krita.hand.press_keys("ctrl+v"); time.sleep(2)
    print(krita.documents.layer_names())
    print(krita.run("(str(QtWidgets.QApplication.focusWidget()), str(QtWidgets.QApplication.activeWindow()))"))
    print(krita.run("import sys; ap=[m for n,m in sys.modules.items() if n.endswith('sdedit')]; str(ap)"))
