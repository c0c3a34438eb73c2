# Trang trò chuyện trên web. Mỗi khóa là một chữ trên trang; page-office có thể được thay bằng tên cơ quan.

## Đầu trang
page-title = Một Cửa – hỏi đáp thủ tục hành chính
page-office = Trung tâm Phục vụ hành chính công
page-skip = Đến ô gõ tin nhắn
page-language = English
page-language-short = EN
page-language-label = EN: English, chuyển sang tiếng Anh
page-end = Kết thúc

## Cột bên và từ hay dùng
page-side = Giới thiệu
page-tagline = Hỏi giấy tờ, lệ phí, thời gian. Chuẩn bị hồ sơ trước khi đi. Biết ngay khi hồ sơ có thay đổi.
page-words-title = Gõ hoặc bấm bất cứ lúc nào
page-words = Từ hay dùng
page-word-menu = Trang đầu
page-word-ask = Hỏi thủ tục
page-word-prepare = Chuẩn bị hồ sơ
page-word-mine = Hồ sơ của tôi
page-word-hours = Lịch làm việc
page-word-officer = Gặp cán bộ

## Lời chào khi chưa có tin nhắn
page-welcome = Kính chào Ông/Bà
page-welcome-body = Ông/Bà cần làm thủ tục gì? Cứ viết bằng lời của mình, có dấu hay không dấu đều được.
page-start-birth = Làm giấy khai sinh cho con cần giấy tờ gì?
page-start-mine = Hồ sơ của tôi đến đâu rồi?
page-start-menu = Xem tất cả việc làm được ở đây

## Tin nhắn
page-log = Cuộc trò chuyện
page-bot = Một Cửa:
page-you = Ông/Bà:
page-typing = Đang soạn câu trả lời
page-choices = Lựa chọn
page-chosen = đã chọn
page-copy = Sao chép
page-copied = Đã sao chép
page-copy-failed = Chưa sao chép được
page-new = Tin mới
page-more = Xem tiếp
page-file-open = Mở tệp

## Ô nhập và việc gửi
page-message = Tin nhắn
page-placeholder = Gõ tin nhắn
page-send = Gửi
page-attach = Gửi ảnh hoặc tệp PDF
page-sending = đang gửi…
page-retrying = đang gửi lại…
page-sent = đã gửi
page-failed = chưa gửi được
page-too-large = Tệp quá lớn
page-wrong-type = Chỉ nhận ảnh và PDF
page-file-gone = Tệp không còn, xin chọn lại
page-remove = Bỏ
page-safety = Ở đây không bao giờ hỏi mã OTP hay mật khẩu.

## Kết nối và phiên
page-offline = Mất kết nối. Tin nhắn vẫn được giữ và sẽ tự gửi.
page-busy = Đang có nhiều người hỏi. Tin nhắn sẽ tự gửi sau ít phút.
page-renewed = Cuộc trò chuyện trước đã hết hạn. Cuộc trò chuyện mới đã bắt đầu.

## Kết thúc
page-end-title = Kết thúc trò chuyện?
page-end-body = Tin nhắn trên máy này sẽ được xóa. Hồ sơ của Ông/Bà không thay đổi.
page-end-no = Ở lại
page-end-yes = Kết thúc và xóa
page-ended = Đã kết thúc
page-ended-body = Tin nhắn trên máy này đã được xóa. Cảm ơn Ông/Bà.
page-ended-doubt = Chưa xác nhận được vì mất kết nối; cuộc trò chuyện này sẽ tự hết hạn.
page-again = Bắt đầu cuộc trò chuyện mới

## Trang dùng thử: điện thoại của người dân cạnh bàn làm việc
page-demo-title = Một Cửa – dùng thử
page-demo-name = Một Cửa
page-demo-lead = Điện thoại của người dân cạnh bàn làm việc của bộ phận một cửa: viết ở một bên, xem bên kia nhận được gì.
page-try-title = Thử ngay
page-try-ask = Gõ không dấu: “lam giay khai sinh”
page-try-track = Tra hồ sơ mẫu (4 số cuối: 5678)
page-try-prepare = Chuẩn bị hồ sơ ở nhà
page-try-officer = Gặp cán bộ
page-phone = Điện thoại của người dân
page-desk = Bàn làm việc
page-desk-group = Nhóm trực một cửa
page-desk-note = Không có tên, số điện thoại hay ảnh của người dân ở đây.
page-desk-log = Tin nhắn của nhóm trực
page-desk-you = Cán bộ:
page-desk-placeholder = Trả lời với tư cách cán bộ
page-desk-empty = Chưa có việc mới
page-desk-empty-body = Bộ hồ sơ người dân gửi kiểm tra, hồ sơ đến hạn và câu hỏi của người dân sẽ hiện ở đây.
page-desk-absent = Cán bộ làm việc ở đây như thế nào
page-desk-absent-body = Bàn làm việc thử chưa mở trên máy chủ này. Khi dùng thật, cán bộ nhận việc ngay trong nhóm trò chuyện của cơ quan:
page-desk-absent-1 = xem bộ hồ sơ người dân gửi kiểm tra trước và báo cần bổ sung gì;
page-desk-absent-2 = được nhắc hồ sơ đến hạn hôm nay và hồ sơ cần lời xin lỗi;
page-desk-absent-3 = trả lời người dân cần gặp cán bộ và đánh giá chưa hài lòng.
page-desk-absent-end = Phần điện thoại vẫn dùng được đầy đủ.
